"""`khoyte fault reader`: the quick way of the reader against the parser and against lxml.

Documents are damaged at random. The quick way may read them as the others do or hand over to the parser; a
document read otherwise, unsaid, is a fault.
"""

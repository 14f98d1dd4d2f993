from khoyte.edges.cli import main

main()

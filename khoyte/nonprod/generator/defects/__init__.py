"""Known defects, planted one to a dossier, with the answers kept beside the files."""

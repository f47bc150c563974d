"""Content: articles as operators write them, their revisions, and the releases by which they go live."""

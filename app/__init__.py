"""How it is put together: the composition root, the command line, process supervision."""

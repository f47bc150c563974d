"""The sandbox's HTTP side, one module per TM Forum API, and the tester's endpoints."""

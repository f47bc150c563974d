"""Who is talking to whom: state machine, transcript, outbox, identity, pending payments and orders."""

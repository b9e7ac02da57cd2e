"""What `bench redaction` stands on: truth counted by eye, our way and the peer's, each in a process of its own."""

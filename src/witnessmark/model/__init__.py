"""The frozen types every room speaks in. No input or output happens here."""

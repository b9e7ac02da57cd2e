"""Writing in the picture that may tell who, where or whose: proposed as masks."""

"""Django database backend for SQLite encrypted by SQLCipher."""

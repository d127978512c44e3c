"""Text to ids: vocabularies in every file they are kept in, and what becomes of them."""

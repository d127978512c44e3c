"""What the command `litebert bench` measures, records and shows; nothing else imports it."""

"""What is read of accounts, now and at any moment, in numbers and in words."""

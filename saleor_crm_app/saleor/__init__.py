"""What the app knows of Saleor: installations, documents, calls, signatures, tokens, typed events."""

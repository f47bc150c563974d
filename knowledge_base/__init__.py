"""What the bot knows: articles, the plan catalogue, encoder, FAISS index, retrieval."""

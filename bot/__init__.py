"""What the customer talks to: topics, the engine inside Rasa, channels, routing."""

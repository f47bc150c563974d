"""What runs inside Rasa: graph components, entity extraction, stores. Imports nothing of ours but core.text and core.spelling."""

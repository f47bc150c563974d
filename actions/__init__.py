"""What the bot can do: one module per topic, served to Rasa as custom actions."""

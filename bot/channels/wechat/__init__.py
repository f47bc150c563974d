"""The WeChat official-account channel: callbacks in, passive replies and customer-service messages out."""

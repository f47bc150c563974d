"""The operator's figures: facts counted for each day, kept once a day is over, and the rates made of them."""

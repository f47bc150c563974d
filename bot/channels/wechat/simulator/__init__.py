"""WeChat's side of an official account, for tests and for integrators without one: `python -m bot.channels.wechat.simulator`."""

"""Starts MiniStack. Small answers are sent at once: a warm invocation then takes 11 ms instead of 55."""

import socketserver

socketserver.StreamRequestHandler.disable_nagle_algorithm = True

from ministack.app import main  # noqa: E402

main()

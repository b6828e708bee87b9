"""Lets `python -m sim` start the application."""

from sim.app import main

if __name__ == "__main__":
    main()

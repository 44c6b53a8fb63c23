"""What a sign-in asks, at a terminal or from a pipe. Questions go to stderr: stdout is for the token."""

import getpass
import sys


class NoAnswer(RuntimeError):
    """The input ended before the question was answered."""


def ask(text: str) -> str:
    """The answer, which the terminal shows. Raises NoAnswer."""
    print(text, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise NoAnswer(f"no answer to « {text.strip(' :')} »")
    return line.rstrip("\n")


def ask_hidden(text: str) -> str:
    """The answer, which the terminal does not show; a pipe gives it as a line. Raises NoAnswer."""
    return getpass.getpass(text) if sys.stdin.isatty() else ask(text)


class TerminalQuestions:
    """``sign_in.Questions`` for the person at the terminal."""

    def new_password(self, problem: str) -> str:
        """A password that was entered twice."""
        _tell(problem)
        while True:
            first = ask_hidden("New password, 12 characters or more: ")
            if first == ask_hidden("The same again: "):
                return first
            _tell("The two are different.")

    def code(self, problem: str) -> str:
        """The six digits of the authenticator."""
        _tell(problem)
        return ask("Code of the authenticator: ").replace(" ", "")

    def show_authenticator(self, secret: str, uri: str) -> None:
        """Show what an authenticator application needs: most take either line."""
        groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
        _tell(f"Add this account to an authenticator application:\n  key      {groups}\n  address  {uri}")
        _tell("Keep the key where passwords are kept: Cognito cannot remove a lost authenticator from an account.")


def _tell(text: str) -> None:
    if text:
        print(text, file=sys.stderr, flush=True)

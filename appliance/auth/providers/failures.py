"""Why signing in by way of a provider came to nothing."""

from appliance.auth.failures import AuthError


class ProviderError(AuthError):
    """`reason` is for the log and the audit; the message names the provider by its title."""

    def __init__(self, message: str, reason: str = "") -> None:
        self.reason = reason
        super().__init__(message)


class ProviderAwayError(ProviderError):
    """It does not answer, or not with what it should."""

    code = "provider-away"

    def __init__(self, title: str, reason: str) -> None:
        super().__init__(
            f"{title} does not answer right now. Try again in a while, or sign in in another way.",
            reason,
        )


class NotConfiguredError(ProviderError):
    """What the YAML says about the provider does not work."""

    code = "provider-misconfigured"

    def __init__(self, title: str, reason: str) -> None:
        super().__init__(
            f"{title} is not set up rightly here. Whoever runs this appliance finds the reason in "
            "its log.",
            reason,
        )


class RefusedThereError(ProviderError):
    """The person, or the provider, said no."""

    code = "refused-there"

    def __init__(self, title: str, reason: str) -> None:
        super().__init__(
            f"{title} did not let you sign in here, or you did not allow it. Nothing was changed.",
            reason,
        )


class FalseAnswerError(ProviderError):
    """The answer proves nothing: signature, nonce, audience or time are wrong."""

    code = "false-answer"

    def __init__(self, title: str, reason: str) -> None:
        super().__init__(
            f"The answer of {title} could not be checked. Begin again; if it stays like this, tell "
            "whoever runs this appliance.",
            reason,
        )


class NotProvenAnewError(ProviderError):
    """The person was to prove there once more who he is, and has not."""

    code = "not-proven-anew"

    def __init__(self, title: str, reason: str) -> None:
        super().__init__(
            f"{title} did not ask you once more who you are. Sign out there, or prove it in "
            "another way.",
            reason,
        )


class NotBegunError(ProviderError):
    """It was not begun in this browser, or too long ago, or came twice."""

    code = "not-begun"

    def __init__(self) -> None:
        super().__init__("Signing in took too long or was begun in another browser. Begin again.")


class NotAdmittedError(ProviderError):
    """The account is not one of those that may come in."""

    code = "not-admitted"

    def __init__(self, title: str, reason: str) -> None:
        super().__init__(
            f"Your account at {title} may not sign in here. Ask whoever runs this appliance, or "
            "sign in in another way.",
            reason,
        )


class NotConnectedError(ProviderError):
    """Nobody here is connected with the account, and it makes none."""

    code = "not-connected"

    def __init__(self, title: str) -> None:
        super().__init__(
            f"No account here is connected with yours at {title}. Sign in in another way first; "
            "then connect it on the page of your account."
        )


class ConnectedElsewhereError(ProviderError):
    """The account there opens another one here."""

    code = "connected-elsewhere"

    def __init__(self, title: str) -> None:
        super().__init__(
            f"Your account at {title} is connected with another account here. Disconnect it there "
            "first."
        )


class AddressTakenError(ProviderError):
    """Somebody here has the same e-mail address, which proves nothing about who he is."""

    code = "address-taken"

    def __init__(self, title: str) -> None:
        super().__init__(
            "There is an account with your e-mail address here already. Sign in to it in another "
            f"way first; then connect {title} on the page of your account."
        )

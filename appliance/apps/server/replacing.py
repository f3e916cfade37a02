"""The one way in which this package changes Gradio and uvicorn."""


def replace(owner: object, **members: object) -> None:
    """Puts other members into a module, class or object."""
    for name, member in members.items():
        setattr(owner, name, member)

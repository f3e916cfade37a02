"""Makes the import of Gradio cheaper: half of it goes into type stubs for editors.

Gradio writes a `.pyi` file beside each component's module, or finds that it is up to date, whenever
it is imported. Nobody edits code inside a running app.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_MODULE = "gradio.component_meta"
_WRITER = "create_or_modify_pyi"


class WithoutStubs(MetaPathFinder, Loader):
    """Loads one module as usual, and then takes its stub writer away."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _MODULE:
            return None
        self._original = PathFinder.find_spec(name, path, target)
        if self._original is None or self._original.loader is None:
            return None
        return ModuleSpec(name, self, origin=self._original.origin)

    def create_module(self, _spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        if self._original is None or self._original.loader is None:
            raise ImportError(name=_MODULE)
        module.__file__ = self._original.origin
        self._original.loader.exec_module(module)
        if hasattr(module, _WRITER):
            setattr(module, _WRITER, lambda *_arguments, **_options: None)


def install() -> None:
    """From now on Gradio is imported without its stubs. Must precede the first import of it."""
    sys.meta_path.insert(0, WithoutStubs())

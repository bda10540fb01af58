"""A network that the caller's own function builds, named `package.module:function`.

The module is imported because the caller names it, from the current folder too; what it prints goes to
stderr, so that it cannot get into results.
"""

import contextlib
import hashlib
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

from torch import nn

from harness.errors import UnknownModel, UsageError
from harness.models.nearest import nearest_names


def call_own_function(name: str) -> nn.Module:
    """Import the module, call the function without arguments, and return the network that it gives.

    Raises:
        UnknownModel: there is no such module or function.
        UsageError: the module or the function fails, or gives something else than a float32 `nn.Module`.
    """
    with _current_folder_importable(), contextlib.redirect_stdout(sys.stderr):
        network = _call(name, _function(name))
    if not isinstance(network, nn.Module):
        raise UsageError(
            f"returns {type(network).__name__}, not a torch.nn.Module",
            remedy="name a function that returns the network",
            where=name,
        )
    return network.cpu().float()


def own_code_digest(module_name: str) -> str:
    """SHA-256 of the module and of all that has been imported from its folder; the module must be imported.

    The folder is that of its outermost package, or for a lone module the one that it lies in.
    """
    outermost = module_name.partition(".")[0]
    file = Path(sys.modules[outermost].__file__ or module_name).resolve()
    is_package = hasattr(sys.modules[outermost], "__path__")
    folder = file.parent if is_package or "site-packages" not in file.parts else file
    digest = hashlib.sha256()
    for path in sorted(_imported_from(folder)):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _imported_from(folder: Path) -> set[Path]:
    names = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    files = {Path(name).resolve() for name in names if name}
    return {file for file in files if file.is_relative_to(folder) and file.suffix == ".py" and file.is_file()}


def _function(name: str) -> object:
    module_name, _, function_name = name.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and f"{module_name}.".startswith(f"{error.name}."):
            raise UnknownModel(
                f"there is no module {error.name}",
                remedy="start elbench in the folder that holds it, or install it",
                where=name,
            ) from error
        raise _failed(name, "importing it failed", error) from error
    except (Exception, SystemExit) as error:
        raise _failed(name, "importing it failed", error) from error
    found = getattr(module, function_name, None)
    if not callable(found):
        callables = [known for known, value in vars(module).items() if callable(value)]
        raise UnknownModel(
            f"the module {module_name} has no function {function_name}",
            remedy=nearest_names(function_name, callables) or "check the name after the colon",
            where=name,
        )
    return found


def _call(name: str, function: object) -> object:
    assert callable(function), "`_function` has looked"
    try:
        network: object = function()
    except (Exception, SystemExit) as error:
        raise _failed(name, "calling it without arguments failed", error) from error
    return network


def _failed(name: str, what: str, error: BaseException) -> UsageError:
    lines = f"{type(error).__name__}: {error}".splitlines()
    return UsageError(f"{what} ({lines[0]})", remedy="run it in Python by itself to see where", where=name)


@contextlib.contextmanager
def _current_folder_importable() -> Iterator[None]:
    """Put the current folder first, as `python` does; while the function runs too, for what it imports."""
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        if folder in sys.path:
            sys.path.remove(folder)

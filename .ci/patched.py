"A plugin for mypy: the methods that fastcore's `patch` adds to a class, each in a cell of its own, stand in the class."

from mypy.nodes import CallExpr, Decorator, NameExpr
from mypy.plugin import Plugin
from mypy.types import AnyType, TypeOfAny


def patched_class(node) -> str | None:
    "The class that a function is patched into, from the annotation of its first argument."
    if isinstance(node, Decorator) and getattr(node.decorators[0], "callee", node.decorators[0]).name == "patch":
        return node.func.type.arg_types[0].name
    return None


def take_methods(context) -> None:
    "Move the functions that a module patches into a class to the end of the body of the class."
    module = context.api.modules[context.cls.info.module_name]
    for node in [node for node in module.defs if patched_class(node) == context.cls.name]:
        module.defs.remove(node)
        for signature in (node.func.type, node.func.unanalyzed_type):
            signature.arg_types[0] = AnyType(TypeOfAny.unannotated)
        if isinstance(node.decorators[0], CallExpr):  # patch(cls_method=True)
            node.decorators[0] = node.original_decorators[0] = NameExpr("classmethod")
        else:
            node.func.is_decorated, node = False, node.func
        context.cls.defs.body.append(node)


class PatchedMethods(Plugin):
    def get_customize_class_mro_hook(self, fullname):
        return take_methods if fullname.startswith("salgan.") else None


def plugin(version):
    return PatchedMethods

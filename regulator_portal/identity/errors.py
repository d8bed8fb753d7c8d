"""Refusals of identity."""

from ledger_web.errors import NotAllowed, NotSignedIn


class CredentialsWrong(NotSignedIn):
    """Username or password don't fit. Which one is not said."""

    code = "credentials-wrong"
    title = "Username or password is wrong"
    title_zh = "用户名或密码错误"


class TokenInvalid(NotSignedIn):
    """The token is unknown, ended or expired."""

    code = "token-invalid"
    title = "The sign-in has ended"
    title_zh = "登录已失效"


class RoleMissing(NotAllowed):
    """None of the roles that this asks for is held."""

    code = "role-missing"
    title = "This needs another role"
    title_zh = "缺少所需角色"

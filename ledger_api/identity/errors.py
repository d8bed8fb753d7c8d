"""Refusals of identity."""

from ledger_web.errors import NotAllowed, NotSignedIn


class CredentialsWrong(NotSignedIn):
    """Institution, username or password don't fit. Which one is not said."""

    code = "credentials-wrong"
    title = "Institution, username or password is wrong"
    title_zh = "机构、用户名或密码错误"


class TokenInvalid(NotSignedIn):
    """The bearer token is unknown, ended or expired."""

    code = "token-invalid"
    title = "The token is not valid"
    title_zh = "令牌无效"


class RoleMissing(NotAllowed):
    """None of the roles that the endpoint asks for is held."""

    code = "role-missing"
    title = "This needs another role"
    title_zh = "缺少所需角色"

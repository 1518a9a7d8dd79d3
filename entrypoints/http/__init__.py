'''The HTTP API: decode a request, call one use case, encode the answer.

How a capability adds operations, in `entrypoints/http/<capability>/`:

`schemas.py` says what goes over the wire. Requests forbid unknown fields and carry texts of
`entrypoints.http.types`; responses are explicit, so that nothing leaks by growing::

    class OpenAccountRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
        """An account at a broker."""

        label: ShortLine
        currency: CurrencyText
        opening_balance: DecimalText = "0"
        note: Annotated[str, Meta(max_length=500, examples=["Joint account"])] | None = None

        def to_command(self) -> OpenAccountCommand:
            return OpenAccountCommand(label=self.label, currency=to_currency(self.currency), ...)

    class AccountBody(Struct, rename="camel", kw_only=True):
        """An account as stored."""

        id: UUID
        label: ShortLine
        created_at: Instant
        version: Annotated[int, Meta(ge=1, examples=[1])]

`routes.py` holds functions and `ROUTES`; `app.py` mounts them below `/api/v1`. The function's name becomes the
operation id (`open_account` -> `openAccount`), the docstring its summary (first line) and description (the rest)::

    @post("/accounts", tags=["accounts"], response_headers=CREATED, responses=errors(409))
    async def open_account(
        data: JSONBody[OpenAccountRequest],
        actor: NamedDependency[Actor],
        open_account: NamedDependency[OpenAccount],   # the provider's name in the capability's container
    ) -> Response[Success[AccountBody]]:
        """Open an account.

        The label is unique among the open accounts of the organisation.
        """
        account = await open_account(actor, data.to_command())
        return created(render(account), f"/accounts/{account.id}", account.version)

    @get("/accounts", tags=["accounts"])
    async def list_accounts(
        actor: NamedDependency[Actor],
        page: NamedDependency[PageRequest],           # limit and cursor
        accounts: NamedDependency[AccountQueries],
        broker: FromQuery[ShortLine | None] = None,
    ) -> Success[list[AccountBody]]:
        """List accounts."""
        return paged(await accounts.list(actor, page, broker=broker), render)

    @get("/accounts/{account_id:uuid}", tags=["accounts"], response_headers=VERSIONED)
    async def read_account(account_id: FromPath[UUID], ...) -> Response[Success[AccountBody]]:
        """Read one account."""
        return versioned(render(account), account.version)   # ETag, and 304 for If-None-Match

    @patch("/accounts/{account_id:uuid}", tags=["accounts"], response_headers=VERSIONED)
    async def change_account(
        account_id: FromPath[UUID],
        data: JSONBody[ChangeAccountRequest],         # fields: `label: ShortLine | UnsetType = UNSET`
        expected_version: NamedDependency[int],       # from If-Match: 428 without, 412 if malformed
        ...

    ROUTES: Sequence[ControllerRouterHandler] = [open_account, list_accounts, read_account, change_account]

Errors of the domain are raised and never caught here. Statuses that every operation of its kind has (400, 401, 403,
404 with an id in the path, 409 and the `Idempotency-Key` header on mutations, 412 and 428 with `expected_version`,
413, 415, 422, 429, 500, 503) are documented by themselves; `responses=errors(409)` adds others. Options of a route:
`opt=PUBLIC` (no token), `opt=TICKET` (a single-use ticket does as well), `opt=HEAVY` and its like of rate_limits (where
the method does not tell the limit),
`opt={"no_idempotency": True}` (answers hold secrets), `opt=same_for_everybody(scope)` (path and query alone decide what
is answered, and `cache=` says how old it is), `opt={"stream_body": True}` (the handler reads the body itself;
it is never buffered; `opt={"request_body": {media type: schema}}` documents it), and `request_max_body_size=...` where
1 MB is too little.
'''

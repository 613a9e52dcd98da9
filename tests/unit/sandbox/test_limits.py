"""Rate limits and their headers (exact-api 3)."""

import pytest

DAY = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
MINUTE = {name.replace("Limit-", "Limit-Minutely-", 1) for name in DAY}
ME = "/api/v1/current/Me"


def limits_in(answer):
    return {name for name in answer.headers.keys() if name.startswith("X-RateLimit")}


@pytest.fixture
def limited(make, api_of):
    return api_of(make(minutely=3, daily=5))


def test_headers_of_an_answer(limited):
    answer = limited.get(ME)
    assert limits_in(answer) == DAY | MINUTE
    assert answer.headers["X-RateLimit-Limit"] == "5"
    assert answer.headers["X-RateLimit-Remaining"] == "4"
    assert answer.headers["X-RateLimit-Minutely-Remaining"] == "2"
    assert answer.headers["X-RateLimit-Reset"] == "1781568000000"
    assert answer.headers["X-RateLimit-Minutely-Reset"] == "1781517660000"


def test_the_minute(limited):
    for _ in range(3):
        assert limited.get(ME).status_code == 200
    refused = limited.get(ME)
    assert refused.status_code == 429
    assert limits_in(refused) == MINUTE
    assert refused.headers["X-RateLimit-Minutely-Remaining"] == "0"
    assert refused.data == b""
    limited.sandbox.clock.advance(60)
    assert limited.get(ME).status_code == 200


def test_the_day(limited):
    for _ in range(5):
        limited.get(ME)
        limited.sandbox.clock.advance(60)
    refused = limited.get(ME)
    assert refused.status_code == 429
    assert limits_in(refused) == DAY
    limited.sandbox.clock.advance(days=1)
    limited.token = limited.sandbox.authorise()["access_token"]
    assert limited.get(ME).status_code == 200


def test_a_refused_call_did_nothing(make, api_of):
    api = api_of(make(minutely=1))
    api.get(ME)
    assert api.sale(100).status_code == 429
    assert not len(api.admin.sales_entries)


def test_each_company_has_its_own_limit(make, api_of):
    api = api_of(make(minutely=1))
    assert api.get("vat/VATCodes").status_code == 200
    assert api.get("vat/VATCodes").status_code == 429
    assert api.get("/api/v1/1002/vat/VATCodes").status_code == 200


@pytest.mark.parametrize("shown", [True, False])
def test_headers_on_errors_by_switch(make, api_of, shown):
    api = api_of(make(minutely=9, daily=9, switches={"rate_headers_on_errors": shown}))
    assert limits_in(api.get("crm/Nothing")) == (DAY | MINUTE if shown else set())


def errors(api, number, path="crm/Accounts"):
    return [api.get(path).status_code for _ in range(number)]


@pytest.fixture
def strict(make, api_of):
    def build(**switches):
        sandbox = make(switches=switches)
        sandbox.limits.errors_per_hour = 10
        return api_of(sandbox)

    return build


def test_more_than_ten_errors_block_for_an_hour(strict):
    api = strict()
    assert errors(api, 11) == [400] * 11
    blocked = api.get(ME)
    assert blocked.status_code == 429
    assert "TooManyErrors" in blocked.headers["Reason"]
    assert not limits_in(blocked)
    api.sandbox.clock.advance(hours=1)
    api.token = api.sandbox.authorise()["access_token"]
    assert api.get(ME).status_code == 200


def test_the_block_grows(strict):
    api = strict()
    for hours in (1, 2):
        assert 429 not in errors(api, 11)
        api.sandbox.clock.advance(hours=hours, seconds=-1)
        api.token = api.sandbox.authorise()["access_token"]
        assert api.get(ME).status_code == 429
        api.sandbox.clock.advance(1)
        assert api.get(ME).status_code == 200


def test_errors_of_an_hour_ago_do_not_count(strict):
    api = strict()
    errors(api, 10)
    api.sandbox.clock.advance(hours=1)
    api.token = api.sandbox.authorise()["access_token"]
    errors(api, 5)
    assert api.get(ME).status_code == 200


def test_only_the_endpoint_by_switch(strict):
    api = strict(error_block_whole_key=False)
    errors(api, 11)
    assert api.get(ME).status_code == 200
    assert api.get("crm/Accounts").status_code == 429


def test_status_and_text_by_switch(strict, error_text):
    api = strict(error_block_status=403, error_block_text="Blocked")
    errors(api, 11)
    answer = api.get(ME)
    assert (answer.status_code, error_text(answer)) == (403, "Blocked")


@pytest.mark.parametrize("counted, status", [(True, 429), (False, 200)])
def test_server_errors_count_by_switch(strict, counted, status):
    api = strict(count_5xx_as_error=counted)
    for _ in range(11):
        assert api.post("salesentry/SalesEntries", {}).status_code == 500
    assert api.get(ME).status_code == status


@pytest.mark.parametrize("counted, status", [(True, 429), (False, 200)])
def test_429_counts_by_switch(strict, counted, status):
    api = strict(count_429_as_error=counted)
    api.sandbox.limits.minutely = 1
    api.get(ME)
    for _ in range(11):
        assert api.get(ME).status_code == 429
    api.sandbox.clock.advance(60)
    assert api.get(ME).status_code == status

"""What each kind of event costs, from its request to the file sink."""
from load import Spread, running, wrk
from servers import ANY_PATH

NUMBERS = 1_000_000  # as many events differ


def measure(make, kinds, folder, rounds, seconds):
    """([(kind, bytes, Spread of µs, Spread of events a second)], how many answers were checked). Every event is a new one, the test
    button's excepted, which always sends the same and is always kept."""
    rows, checked = [], 0
    for title, body in kinds:
        file = folder / "one-body"
        file.write_text(body)
        with running([make]) as (server,):
            share = NUMBERS // (rounds + 1)
            wrk(server, 1, file, ANY_PATH, start=0)
            for number in range(rounds):
                server.rounds.append(wrk(server, seconds, file, ANY_PATH, start=share * (number + 1)))
                if server.rounds[-1].answered > share:
                    raise RuntimeError("more events than numbers")
            checked += server.finish()
            rows.append((title, len(body), Spread([each.cost for each in server.rounds]), Spread([each.rate for each in server.rounds])))
            print(f"  {title:<52} {rows[-1][2].middle:8.2f} µs of CPU per event", flush=True)
    return rows, checked

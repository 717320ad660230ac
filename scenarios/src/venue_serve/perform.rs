//! What a request does: what is a connection's is done here, all else by the engine.

use onetape_adapters::ask::StreamKey;
use onetape_adapters::server::accounts::AccountId;
use onetape_adapters::server::call::{Asked, Call, Channel, Detail, Line, LooseChange, Stream};
use onetape_adapters::server::habits::Charge;
use onetape_adapters::server::reply::{Replied, Reply};
use onetape_adapters::server::state::OrderStatus;
use onetape_adapters::server::wrong::Wrong;
use onetape_core::time::Span;

use super::faults::Kind;
use super::hub::State;
use super::limits::Asker;
use super::seat::Seat;

/// What becomes of a request.
pub(super) enum Done {
    /// It is answered.
    Answered(Box<Replied>),
    /// The connection ends without an answer.
    Dropped,
    /// Only that it came is answered, where the venue says that by itself.
    Came(Box<Replied>),
}

/// The account's streams of a connection that a request takes or gives.
type Begun = Vec<usize>;

impl State {
    /// Does what was asked, with what goes wrong about it. `on` is the connection that it came on. Streams that begin
    /// with a whole book are told it only when this was answered: see [`State::begin`].
    pub(super) fn perform(
        &mut self,
        asked: &mut Asked,
        who: Asker,
        on: Option<u64>,
    ) -> (Done, Begun) {
        let now = self.now();
        let who = Asker {
            account: asked.account,
            ..who
        };
        self.note_submitted(&asked.call);
        let charges = self.protocol.charges(asked);
        if let Err(wrong) = self.limits.take(&charges, who, now) {
            return (self.answered(Err(wrong), &charges, who), Begun::new());
        }
        let fault = match is_about_orders(&asked.call) {
            true => self.faults.of_request(places(&asked.call), now),
            false => None,
        };
        let undone = match fault {
            Some(Kind::Lose) => return (Done::Dropped, Begun::new()),
            Some(Kind::Unavailable) => Some(Wrong::Unavailable),
            Some(Kind::Busy) => Some(Wrong::Busy),
            Some(Kind::Limit) => Some(Wrong::RateLimit(Span::from_millis(1_000))),
            _ => None,
        };
        if let Some(wrong) = undone {
            return (self.answered(Err(wrong), &charges, who), Begun::new());
        }
        if fault == Some(Kind::AckOnly) {
            asked.way.detail = Detail::Ack;
        }
        let mut begun = Begun::new();
        let result = self.act(asked, on, &charges, who, &mut begun);
        self.limits.settle(&charges, result.is_ok(), who, now);
        if is_filled(&result) {
            self.limits.give_back(&charges, who, now);
        }
        let result = match fault {
            Some(Kind::Drop) => return (Done::Dropped, begun),
            Some(Kind::Timeout) => Err(Wrong::Timeout),
            Some(Kind::Unknown) => Err(Wrong::Unknown),
            _ => result,
        };
        let done = self.answered(result, &charges, who);
        match (fault, done) {
            (Some(Kind::AckOnly), Done::Answered(replied)) => (Done::Came(replied), begun),
            (_, done) => (done, begun),
        }
    }

    /// Counts a new order by its client's id before anything can become of it: whoever sends one a second time is seen also
    /// where the first was lost, refused or never answered.
    fn note_submitted(&mut self, call: &Call) {
        let (one, many) = match call {
            Call::Place(order) => (Some(order.as_ref()), [].as_slice()),
            Call::PlaceMany(orders) => (None, orders.as_slice()),
            _ => return,
        };
        let all = one.into_iter().chain(many.iter().flatten());
        for order in all.filter(|it| !it.client.is_empty()) {
            *self.submitted.entry(order.client.clone()).or_default() += 1;
        }
    }

    fn answered(&mut self, result: Result<Reply, Wrong>, charges: &[Charge], who: Asker) -> Done {
        let now = self.now();
        Done::Answered(Box::new(Replied {
            result,
            limits: self.limits.states(charges, who, now),
        }))
    }

    fn act(
        &mut self,
        asked: &Asked,
        on: Option<u64>,
        charges: &[Charge],
        who: Asker,
        begun: &mut Begun,
    ) -> Result<Reply, Wrong> {
        let now = self.now();
        match &asked.call {
            Call::Ping => Ok(Reply::Done),
            Call::Time => Ok(Reply::Time(now)),
            Call::StreamKey(what) => self.stream_key(what, asked.account),
            Call::StreamKeys => {
                let account = asked.account.ok_or(Wrong::NoKey)?;
                Ok(Reply::Streams(self.keys.of(account)))
            }
            Call::RateLimits => {
                // The weight of asking is not among them.
                let orders = charges.get(1..).unwrap_or_default();
                Ok(Reply::Limits(self.limits.states(orders, who, now)))
            }
            Call::Logon | Call::Logout | Call::LogonStatus => {
                self.logon(asked, on.ok_or(Wrong::Route)?)
            }
            Call::Subscribe(streams) => {
                self.subscribe(streams, asked.account, on.ok_or(Wrong::Route)?, begun)
            }
            Call::Unsubscribe(streams) => Ok(self.unsubscribe(streams, on.ok_or(Wrong::Route)?)),
            Call::Subscriptions => Ok(self.subscriptions(on.ok_or(Wrong::Route)?)),
            Call::AmendLoose(change) => self.amend_loose(asked.account, change),
            call => self.ask(asked.account, call),
        }
    }

    /// A change of which only the order says what it trades.
    fn amend_loose(
        &mut self,
        account: Option<AccountId>,
        change: &LooseChange,
    ) -> Result<Reply, Wrong> {
        let found = self.ask(account, &Call::Order(change.which.clone()))?;
        let Reply::Order(order, _) = found else {
            return Err(Wrong::NoOrder);
        };
        let listed = self.engine.directory().get(order.instrument);
        let settled = self
            .protocol
            .settle(change.clone(), listed.ok_or(Wrong::Symbol)?)?;
        self.ask(account, &Call::Amend(settled))
    }

    fn stream_key(&mut self, what: &StreamKey, account: Option<AccountId>) -> Result<Reply, Wrong> {
        let account = account.ok_or(Wrong::NoKey)?;
        let now = self.now();
        match what {
            StreamKey::Open => {
                let key = self.keys.open(account, now).ok_or(Wrong::StreamKey)?;
                Ok(Reply::StreamKey(key))
            }
            StreamKey::Keep(key) => {
                let key = self.keys.keep(account, key, now).ok_or(Wrong::StreamKey)?;
                Ok(Reply::StreamKey(key))
            }
            StreamKey::Close(key) => {
                let mine = self.keys.of(account);
                if !self.keys.close(account, key) {
                    return Err(Wrong::StreamKey);
                }
                for one in mine.iter().filter(|it| key.is_empty() || *it == key) {
                    self.end_key(one, false);
                }
                Ok(Reply::Done)
            }
        }
    }

    fn logon(&mut self, asked: &Asked, on: u64) -> Result<Reply, Wrong> {
        let now = self.now();
        let connection = self.connections.get_mut(&on).ok_or(Wrong::Route)?;
        match asked.call {
            Call::Logon => {
                connection.line.account = asked.account;
                connection.logon = Some((asked.way.echo.clone(), now));
            }
            Call::Logout => {
                connection.line.account = None;
                connection.logon = None;
            }
            _ => {}
        }
        Ok(Reply::Logon(connection.logon.clone()))
    }

    fn subscribe(
        &mut self,
        streams: &[Stream],
        account: Option<AccountId>,
        on: u64,
        begun: &mut Begun,
    ) -> Result<Reply, Wrong> {
        let (protocol, most) = (self.protocol, self.protocol.habits().streams);
        let mut number = None;
        for stream in streams {
            let connection = self.connections.get_mut(&on).ok_or(Wrong::Route)?;
            let mut stream = stream.clone();
            let theirs = is_private(&stream).then_some(account).flatten();
            if is_private(&stream) && theirs.is_none() {
                return Err(Wrong::NotLoggedOn);
            }
            if is_there(&connection.line, &stream)
                || stream.channel == Channel::Account
                    && connection.seats.iter().any(|it| it.account == theirs)
            {
                // Only some streams may not be asked for twice.
                if stream.channel == Channel::Account || protocol.begins_with_book(&stream) {
                    return Err(Wrong::Subscribed);
                }
                continue;
            }
            if connection.seats.len() >= most {
                return Err(Wrong::Bad("streams"));
            }
            let mut seat_number = None;
            if stream.channel == Channel::Account {
                seat_number = Some(connection.subscriptions);
                number = seat_number;
                stream.name = connection.subscriptions.to_string();
                connection.subscriptions += 1;
            }
            connection.line.streams.push(stream.clone());
            let whole = protocol.begins_with_book(&stream);
            let at = connection.seats.len();
            let mut seat = Seat::new(stream.clone(), theirs, protocol.pace(&stream));
            seat.subscription = seat_number;
            self.sit(on, seat);
            if whole {
                begun.push(at);
            }
        }
        Ok(number.map_or(Reply::Done, Reply::StreamNumber))
    }

    fn unsubscribe(&mut self, streams: &[Stream], on: u64) -> Reply {
        let Some(connection) = self.connections.get_mut(&on) else {
            return Reply::Done;
        };
        let is_one = |it: &Stream| {
            let mut ends = streams.iter();
            match streams.is_empty() {
                true => it.channel == Channel::Account,
                false => ends.any(|end| end.name == it.name && end.instrument == it.instrument),
            }
        };
        connection.line.streams.retain(|it| !is_one(it));
        connection.seats.retain(|it| !is_one(&it.stream));
        Reply::Done
    }

    fn subscriptions(&self, on: u64) -> Reply {
        let found = self.connections.get(&on);
        let names = found.into_iter().flat_map(|it| &it.line.streams);
        Reply::Streams(names.map(|it| it.name.clone()).collect())
    }

    /// Streams that begin with the whole book tell it, after their subscription was answered.
    pub(super) fn begin(&mut self, on: u64, begun: Begun) {
        for seat in begun {
            self.begin_with_book(on, seat);
        }
    }
}

/// True where a connection has a stream already.
fn is_there(line: &Line, stream: &Stream) -> bool {
    let mut all = line.streams.iter();
    stream.channel != Channel::Account
        && all.any(|it| it.name == stream.name && it.instrument == stream.instrument)
}

const fn is_private(stream: &Stream) -> bool {
    matches!(
        stream.channel,
        Channel::Account
            | Channel::Orders
            | Channel::Fills
            | Channel::Balances
            | Channel::Positions
    )
}

/// A request that faults are about.
const fn is_about_orders(call: &Call) -> bool {
    places(call)
        || matches!(
            call,
            Call::Cancel(_)
                | Call::CancelMany(_)
                | Call::CancelAll(..)
                | Call::CancelAllOf(_)
                | Call::Amend(_)
                | Call::AmendLoose(_)
        )
}

const fn places(call: &Call) -> bool {
    matches!(call, Call::Place(_) | Call::PlaceMany(_))
}

fn is_filled(result: &Result<Reply, Wrong>) -> bool {
    matches!(result, Ok(Reply::Order(order, _)) if order.status == OrderStatus::Filled)
}

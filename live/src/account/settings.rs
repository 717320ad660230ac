//! Leverage, margin mode and position mode: set, and read back before anything is traded.

use onetape_adapters::ask::{Ask, MarginMode, PositionMode};
use onetape_adapters::news::Answer;
use onetape_adapters::outcome::Class;
use onetape_adapters::report::Settings;

use super::venue::Account;
use super::{AccountError, WantedSettings};
use crate::venue::AskFault;

impl Account {
    /// Has the wanted settings of this venue hold.
    pub(super) async fn apply_settings(&self) -> Result<(), AccountError> {
        if !self.setup.protocol.is_futures() {
            return Ok(());
        }
        let here = |it: &&WantedSettings| self.setup.directory.get(it.instrument).is_some();
        let wanted: Vec<_> = self.options.settings.iter().filter(here).copied().collect();
        for it in &wanted {
            self.one_position(it).await?;
            self.apply(it).await?;
        }
        Ok(())
    }

    /// Positions are one an instrument.
    async fn one_position(&self, wanted: &WantedSettings) -> Result<(), AccountError> {
        if self.mode(wanted).await? == Some(PositionMode::OneWay) {
            return Ok(());
        }
        self.set(
            &Ask::SetPositionMode(PositionMode::OneWay),
            "the position mode",
        )
        .await?;
        let is = match self.mode(wanted).await? {
            Some(PositionMode::OneWay) => return Ok(()),
            Some(PositionMode::Hedge) => "one position each way",
            None => "an untold value",
        };
        let one = "one position an instrument".to_string();
        Err(self.wrong(wanted, "the position mode", one, is.to_string()))
    }

    async fn mode(&self, wanted: &WantedSettings) -> Result<Option<PositionMode>, AccountError> {
        match self.ask(&Ask::PositionMode).await {
            Ok(Answer::Settings(settings)) => Ok(settings.position_mode),
            // Told with each instrument, where not on its own.
            Err(AskFault::Unaskable(_)) => Ok(self.read(wanted).await?.position_mode),
            Ok(_) => Ok(None),
            Err(fault) => Err(self.failed("its position mode", fault)),
        }
    }

    async fn apply(&self, wanted: &WantedSettings) -> Result<(), AccountError> {
        let instrument = wanted.instrument;
        let now = self.read(wanted).await?;
        if let Some(mode) = wanted
            .margin_mode
            .filter(|mode| now.margin_mode != Some(*mode))
        {
            let ask = Ask::SetMarginMode { instrument, mode };
            self.set(&ask, "a margin mode").await?;
        }
        if let Some(leverage) = wanted.leverage.filter(|it| now.leverage != Some(*it)) {
            let mode = wanted.margin_mode.or(now.margin_mode);
            let cross = Ask::SetCrossLeverage {
                instrument,
                leverage,
            };
            let isolated = Ask::SetLeverage {
                instrument,
                leverage,
            };
            // Where cross margin has a request of its own, that one.
            let can_cross = self.setup.protocol.rest(&cross, &self.setup.cx()).is_ok();
            let ask = match mode {
                Some(MarginMode::Cross) if can_cross => cross,
                _ => isolated,
            };
            self.set(&ask, "a leverage").await?;
        }
        let after = self.read(wanted).await?;
        let told = |is: Option<String>| is.unwrap_or_else(|| "an untold value".to_string());
        if let Some(leverage) = wanted.leverage.filter(|it| after.leverage != Some(*it)) {
            let is = told(after.leverage.map(|it| it.to_string()));
            return Err(self.wrong(wanted, "the leverage", leverage.to_string(), is));
        }
        if let Some(mode) = wanted
            .margin_mode
            .filter(|it| after.margin_mode != Some(*it))
        {
            let is = told(after.margin_mode.map(|it| format!("{it:?}")));
            return Err(self.wrong(wanted, "the margin mode", format!("{mode:?}"), is));
        }
        Ok(())
    }

    /// Settings as they hold now.
    pub(super) async fn read(&self, wanted: &WantedSettings) -> Result<Settings, AccountError> {
        match self.ask(&Ask::Settings(wanted.instrument)).await {
            Ok(Answer::Settings(settings)) => Ok(settings),
            Ok(_) => Ok(Settings::default()),
            Err(fault) => Err(self.failed("settings", fault)),
        }
    }

    async fn set(&self, ask: &Ask, what: &'static str) -> Result<(), AccountError> {
        match self.ask(ask).await {
            Ok(_) => Ok(()),
            Err(fault) if fault.class() == Class::AlreadyDone => Ok(()),
            Err(fault) => Err(self.failed(what, fault)),
        }
    }

    pub(super) fn failed(&self, what: &'static str, fault: AskFault) -> AccountError {
        let venue = self.name();
        AccountError::Ask { venue, what, fault }
    }

    fn wrong(
        &self,
        of: &WantedSettings,
        what: &'static str,
        wanted: String,
        is: String,
    ) -> AccountError {
        let listed = self.setup.directory.get(of.instrument);
        AccountError::Setting {
            venue: self.name(),
            instrument: listed.map_or_else(String::new, |it| it.instrument.symbol.clone()),
            what,
            wanted,
            is,
        }
    }
}

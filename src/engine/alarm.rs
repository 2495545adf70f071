//! Tells the operator that something is wrong with what comes in: in the log at once, by mail once a day.

use super::Desk;
use crate::connectors::{Mail, Parcel};
use crate::domain::ConnectorName;

impl Desk {
    /// Raises an alarm about a door. The text holds no personal data.
    pub(super) async fn alarm(&self, what: &str, door: &ConnectorName, text: &str) {
        tracing::error!(alarm = what, %door, "{text}");
        self.meters.alarm(what, door);
        let rules = self.rules();
        let Some(alarm) = &rules.office.settings.alarm else { return };
        let Some(output) = rules.connectors.get(&alarm.through).and_then(|it| it.output.clone())
        else {
            return tracing::error!(
                "the alarm was not sent: there is no output `{}`",
                alarm.through
            );
        };
        let now = self.now();
        let day = now.to_string().chars().take(10).collect::<String>();
        let key = format!("alarm-{what}-{door}-{day}");
        match self.records().tell_once(&key).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return tracing::error!("the store does not answer: {error}"),
        }
        let mail = Mail {
            message_id: format!("{key}@{}", self.host()),
            date: now,
            to: alarm.to.clone(),
            subject: format!("[Vorlage] {}: {what}, {door}", rules.office.settings.name),
            text: format!("{text}\n"),
            ..Mail::default()
        };
        let parcel = Parcel { key: key.clone(), mail: Some(mail), ..Parcel::default() };
        if let Err(error) = output.send(&parcel).await {
            tracing::error!(alarm = what, %door, "the alarm was not sent: {error}");
            // The next round tries again.
            if let Err(error) = self.records().forget_told(&key).await {
                tracing::error!("the store does not answer: {error}");
            }
        }
    }
}

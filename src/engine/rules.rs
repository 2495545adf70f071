//! The office as it is configured now: its rules and its opened doors.

use indexmap::IndexMap;

use super::Error;
use crate::classify::Candidate;
use crate::config::{DataClass, Office, Workflow};
use crate::connectors::Connector;
use crate::domain::{ClassRef, ConnectorName, WorkflowName};
use crate::llm::{self, LanguageModel};

/// What holds until the next reload.
pub struct Rules {
    /// The rules.
    pub office: Office,
    /// The opened doors.
    pub connectors: IndexMap<ConnectorName, Connector>,
}

impl Rules {
    /// The classes that compete for what comes through a door, in the order of the files.
    pub fn candidates(&self, door: &ConnectorName) -> Vec<Candidate<'_>> {
        let open = self.office.workflows.iter().filter(|(_, it)| it.intake.from.contains(door));
        open.flat_map(|(name, workflow)| classes(name, workflow)).collect()
    }

    /// One class, as it competes.
    pub fn candidate<'a>(&'a self, name: &ClassRef) -> Result<Candidate<'a>, Error> {
        let (workflow, class) =
            self.office.class(name).ok_or_else(|| Error::UnknownClass(name.to_string()))?;
        Ok(Candidate { name: name.clone(), procedure: &workflow.title, class })
    }

    /// The model for a door: that of the first of its workflows that has one.
    ///
    /// It has to be allowed to see the most sensitive of the door's data classes, because before
    /// it is classified an item may be of any of them.
    pub fn model_of_door(
        &self,
        door: &ConnectorName,
    ) -> Result<Option<&dyn LanguageModel>, llm::Error> {
        let workflows: Vec<&Workflow> =
            self.office.workflows.values().filter(|it| it.intake.from.contains(door)).collect();
        let Some(name) = workflows.iter().find_map(|workflow| workflow.model.as_ref()) else {
            return Ok(None);
        };
        let classes: Vec<DataClass> =
            workflows.iter().map(|workflow| workflow.data_class).collect();
        self.model(name, &classes)
    }

    /// The model of a class's workflow.
    pub fn model_of_class(
        &self,
        class: &ClassRef,
    ) -> Result<Option<&dyn LanguageModel>, llm::Error> {
        let Some((workflow, _)) = self.office.class(class) else { return Ok(None) };
        let Some(name) = &workflow.model else { return Ok(None) };
        self.model(name, &[workflow.data_class])
    }

    fn model(
        &self,
        name: &ConnectorName,
        classes: &[DataClass],
    ) -> Result<Option<&dyn LanguageModel>, llm::Error> {
        let policy = &self.office.settings.policy;
        if policy.automation_level == 0 {
            return Ok(None);
        }
        let allowed = policy.models.get(name).map_or(&[][..], Vec::as_slice);
        if let Some(class) = classes.iter().find(|class| !allowed.contains(class)) {
            let class = format!("{class:?}").to_lowercase();
            return Err(llm::Error::NotAllowed { model: name.0.clone(), class });
        }
        Ok(self.connectors.get(name).and_then(|it| it.model.as_deref()))
    }
}

/// The classes of one workflow, as they compete.
pub(super) fn classes<'a>(
    name: &'a WorkflowName,
    workflow: &'a Workflow,
) -> impl Iterator<Item = Candidate<'a>> {
    workflow.classes.iter().map(|(class, settings)| Candidate {
        name: ClassRef { workflow: name.clone(), class: class.clone() },
        procedure: &workflow.title,
        class: settings,
    })
}

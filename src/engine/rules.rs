//! The office as it is configured now: its rules and its opened doors.

use std::sync::Arc;

use indexmap::IndexMap;

use super::Error;
use crate::classify::Candidate;
use crate::config::{CrossCheck, DataClass, Office, Workflow};
use crate::connectors::Connector;
use crate::domain::{ClassRef, ConnectorName, WorkflowName};
use crate::llm::{Embedder, LanguageModel};

/// What holds until the next reload.
pub struct Rules {
    /// The rules.
    pub office: Arc<Office>,
    /// The opened doors.
    pub connectors: IndexMap<ConnectorName, Connector>,
    /// What turns texts into vectors (`[learning] embeddings`), if it is here.
    pub embedder: Option<Arc<dyn Embedder>>,
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
    pub fn model_of_door(&self, door: &ConnectorName) -> Option<&dyn LanguageModel> {
        self.connectors.get(self.model_name_of_door(door)?)?.model.as_deref()
    }

    /// The name of [`Rules::model_of_door`].
    pub fn model_name_of_door(&self, door: &ConnectorName) -> Option<&ConnectorName> {
        let workflows: Vec<&Workflow> =
            self.office.workflows.values().filter(|it| it.intake.from.contains(door)).collect();
        let name = workflows.iter().find_map(|workflow| workflow.model.as_ref())?;
        let classes: Vec<DataClass> =
            workflows.iter().map(|workflow| workflow.data_class).collect();
        self.model(name, &classes)
    }

    /// The model of a class's workflow.
    pub fn model_of_class(&self, class: &ClassRef) -> Option<&dyn LanguageModel> {
        self.connectors.get(self.model_name_of_class(class)?)?.model.as_deref()
    }

    /// The name of [`Rules::model_of_class`].
    pub fn model_name_of_class(&self, class: &ClassRef) -> Option<&ConnectorName> {
        let (workflow, _) = self.office.class(class)?;
        self.model(workflow.model.as_ref()?, &[workflow.data_class])
    }

    /// The other models that fields of a class name for a second look, as far as the policy allows them.
    pub fn second_models<'a>(
        &'a self,
        class: &ClassRef,
    ) -> Vec<(&'a ConnectorName, &'a dyn LanguageModel)> {
        let Some((workflow, class)) = self.office.class(class) else { return Vec::new() };
        let named = class.fields.values().filter_map(|field| match &field.cross_check {
            Some(CrossCheck::By(name)) => self.model(name, &[workflow.data_class]),
            _ => None,
        });
        named
            .filter_map(|name| Some((name, self.connectors.get(name)?.model.as_deref()?)))
            .collect()
    }

    /// What the policy forbids a model, a person does: it is no fault that trying again mends.
    fn model<'a>(
        &self,
        name: &'a ConnectorName,
        classes: &[DataClass],
    ) -> Option<&'a ConnectorName> {
        let policy = &self.office.settings.policy;
        let allowed = policy.models.get(name)?;
        if policy.automation_level == 0 || !classes.iter().all(|class| allowed.contains(class)) {
            return None;
        }
        self.connectors.get(name)?.model.as_ref().map(|_| name)
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

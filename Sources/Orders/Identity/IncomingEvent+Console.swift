extension IncomingEvent {
    /// The `source` of what operators say. Nothing that comes in as a webhook has it.
    package static let consoleSource = "console"

    /// The topic of an operator's edit.
    package static let editTopic = "console/edit"
}

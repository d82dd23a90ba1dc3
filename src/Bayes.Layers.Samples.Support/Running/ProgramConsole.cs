namespace Bayes.Layers.Samples.Support.Running;

/// <summary>What a command gets from the program that runs it.</summary>
/// <param name="Output">Where its text goes.</param>
/// <param name="IsTerminal">Whether a progress bar can be shown.</param>
/// <param name="Interrupt">Ctrl-C.</param>
internal sealed record ProgramConsole(TextWriter Output, bool IsTerminal, Interrupt Interrupt);

namespace Bayes.Layers.Orleans.Agents;

/// <summary>A silo cannot load the model of a plan.</summary>
internal sealed class RunnerRefusedException(string message, Exception cause) : Exception(message, cause);

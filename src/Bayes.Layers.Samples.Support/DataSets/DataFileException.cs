namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>A data file cannot be used. The message is one sentence: the data file "path", then the problem.</summary>
internal sealed class DataFileException(string path, string problem, Exception? cause = null)
    : Exception($"The data file \"{path}\" {problem}.", cause);

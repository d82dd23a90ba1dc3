namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>A data file cannot be used. The message is one sentence that a user can act on.</summary>
internal sealed class DataFileException : Exception
{
    /// <summary>Makes the sentence "The data file "path" problem."</summary>
    public DataFileException(string path, string problem, Exception? cause = null)
        : base($"The data file \"{path}\" {problem}.", cause)
    {
    }
}

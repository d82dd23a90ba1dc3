namespace Bayes.Layers.Samples.Support.CommandLine;

/// <summary>The settings of a sample that trains one network on one device.</summary>
internal abstract record NetworkOptions : SampleOptions
{
    /// <summary>Weight of the KL divergence; 1 is Bayes' rule, below 1 a colder posterior.</summary>
    public double Beta { get; init; } = 1;

    /// <summary>auto, cpu, cuda or cuda:N.</summary>
    public string Device { get; init; } = "auto";
}

using static Bayes.Layers.Tests.TypeReferences;

namespace Bayes.Layers.Tests;

/// <summary>Each floor of the library refers only to floors below it (docs/decisions/0001-floors.md).</summary>
public sealed class FloorsTests
{
    /// <summary>Bottom first; floors on one line do not refer to each other.</summary>
    private static readonly string[][] Floors =
    [
        ["Bayes.Layers.Numerics"],
        ["Bayes.Layers.Posteriors"],
        ["Bayes.Layers.Priors", "Bayes.Layers.Maps"],
        ["Bayes.Layers.Estimators"],
        ["Bayes.Layers.Likelihoods"],
        ["Bayes.Layers.Evaluation"],
        ["Bayes.Layers"],
        ["Bayes.Layers.Diagnostics", "Bayes.Layers.Conversion", "Bayes.Layers.Checkpoints"],
        ["Bayes.Layers.Training"],
    ];

    [Fact]
    public void Every_type_stands_on_a_floor() =>
        Library.GetTypes().Where(IsOurs).Select(type => type.Namespace).Distinct().Should().BeSubsetOf(Floors.SelectMany(floor => floor));

    [Fact]
    public void No_type_refers_upwards()
    {
        var upward =
            from type in Library.GetTypes().Where(IsOurs)
            from referred in Of(type)
            where IsOurs(referred) && referred.Namespace != type.Namespace && Floor(referred) >= Floor(type)
            select $"{type.FullName} -> {referred.FullName}";
        upward.Distinct().Should().BeEmpty();
    }

    [Fact]
    public void The_check_sees_what_method_bodies_call() =>
        Of(typeof(Bayes.Layers.Estimators.SamplingEstimator)).Should().Contain(typeof(Bayes.Layers.Numerics.TorchNoise));

    private static int Floor(Type type) => Array.FindIndex(Floors, floor => floor.Contains(type.Namespace));
}

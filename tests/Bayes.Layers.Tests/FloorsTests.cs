using static Bayes.Layers.Tests.TypeReferences;

namespace Bayes.Layers.Tests;

/// <summary>Each room of the library refers only to rooms on floors below it (docs/decisions/0001-floors.md).</summary>
public sealed class FloorsTests
{
    /// <summary>
    /// The rooms, bottom first; those on one line do not refer to each other. A file in the hall stands on the floor that names it.
    /// </summary>
    private static readonly string[][] Floors =
    [
        ["Kernels"],
        ["Numerics"],
        ["Posteriors"],
        ["Priors", "Maps"],
        ["Estimators"],
        ["Likelihoods"],
        ["Evaluation", "ElboLoss", "ElboTerms"],
        ["Modules", "BayesianModule", "ModuleExtensions"],
        ["Layers", "BayesianSequential"],
        ["Networks", "BayesianResidual"],
        ["BayesianModules"],
        ["Prediction", "FunctionDistribution", "FunctionDraws", "Ensemble", "MonteCarloPredictive", "Predictive",
            "PredictiveProgress", "MemoryBudget"],
        ["Diagnostics", "Conversion", "Checkpoints", "Conformal", "OutOfDistribution"],
        ["Training"],
        ["Averaging", "Ensembles", "Laplace", "Partitioned", "Sampling"],
    ];

    // The hall is small enough to be read at a glance.
    private const int MostFilesInHall = 14;

    [Fact]
    public void Every_room_and_every_file_in_the_hall_is_on_a_floor()
    {
        var files = Rooms.FilesOf(Rooms.Hall).Select(file => Path.GetFileNameWithoutExtension(file)).ToArray();
        files.Length.Should().BeLessThanOrEqualTo(MostFilesInHall);
        Floors.SelectMany(floor => floor).Should().BeEquivalentTo(Rooms.All.Where(room => room != Rooms.Hall).Concat(files));
    }

    [Fact]
    public void No_type_refers_upwards()
    {
        var upward =
            from type in Library.GetTypes().Where(IsOurs)
            from referred in Of(type)
            where IsOurs(referred) && Floor(referred) is var other && (other > Floor(type) || other == Floor(type) && AreApart(type, referred))
            select $"{type.FullName} -> {referred.FullName}";
        upward.Distinct().Should().BeEmpty();
    }

    /// <summary>Internal types are in the namespace of their room; what a user types may be in the root's.</summary>
    [Fact]
    public void A_namespace_is_that_of_the_room_or_of_the_hall()
    {
        foreach (var type in Library.GetTypes().Where(IsOurs))
        {
            string room = Rooms.Of(type), own = room.Length == 0 ? "Bayes.Layers" : $"Bayes.Layers.{room}";
            if (type.IsNotPublic && room != "Layers")
                type.Namespace.Should().Be(own, type.Name);
            else
                type.Namespace.Should().BeOneOf([own, "Bayes.Layers"], type.Name);
        }
    }

    [Fact]
    public void The_check_sees_what_method_bodies_call() =>
        Of(typeof(Bayes.Layers.Estimators.SamplingEstimator)).Should().Contain(typeof(Bayes.Layers.Numerics.TorchNoise));

    private static int Floor(Type type) => Array.FindIndex(Floors, floor => floor.Contains(Place(type)));

    // Types on one floor know each other if they are in one room, or in the hall beside their room.
    private static bool AreApart(Type type, Type other) =>
        Rooms.Of(type) is { Length: > 0 } room && Rooms.Of(other) is { Length: > 0 } second && room != second;

    private static string Place(Type type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return Rooms.Of(type) is { Length: > 0 } room ? room : type.Name.Split('`')[0];
    }
}

using System.Diagnostics;
using Bayes.Layers.Ensembles;
using Bayes.Layers.Samples.Compare.Methods;
using Bayes.Layers.Samples.Compare.Problems;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare;

/// <summary>What every method trains with.</summary>
/// <remarks>Owns the trained plain network: dispose it.</remarks>
internal sealed class ComparisonContext(
    ComparisonProblem problem, ComparisonSettings settings, long seed, CancellationToken cancellation) : IDisposable
{
    private TrainedPlainNetwork? _plain;

    /// <summary>The data, the network, the prior and the likelihood.</summary>
    public ComparisonProblem Problem => problem;

    /// <summary>How to train.</summary>
    public ComparisonSettings Settings => settings;

    /// <summary>Ends training.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Gets the plain network, trained once. A method that begins with it adds its seconds to its own.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TrainedPlainNetwork Plain => _plain ??= TrainPlain();

    /// <summary>Returns a seed for one purpose, unrelated to others.</summary>
    public long SeedFor(string purpose) => SeedStreams.For(seed, purpose);

    /// <summary>Returns a copy of the trained plain network that the caller disposes.</summary>
    public nn.Module<Tensor, Tensor> CopyOfPlain()
    {
        var copy = problem.NewNetwork(SeedFor("plain"));
        copy.load_state_dict(Plain.Network.state_dict());
        copy.eval();
        return copy;
    }

    /// <summary>Returns what a method learned.</summary>
    /// <param name="method">The method's name.</param>
    /// <param name="distribution">The distribution over functions.</param>
    /// <param name="secondsBefore">Seconds of the training of a network that the method began with.</param>
    /// <param name="owned">What is disposed with the result.</param>
    public TrainedMethod Trained(string method, FunctionDistribution distribution, double secondsBefore, params IDisposable[] owned) =>
        new(distribution, problem.Likelihood, settings.Samples, SeedFor($"{method}, prediction"), owned) { SecondsBefore = secondsBefore };

    /// <summary>Trains the members of an ensemble, as many at a time as there are processors.</summary>
    /// <param name="method">The method's name.</param>
    /// <param name="create">Makes the network of a member.</param>
    /// <param name="train">Trains it, on another thread, and returns the member.</param>
    /// <returns>The members, which the caller disposes.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<TMember> TrainMembers<TNetwork, TMember>(
        string method, Func<EnsembleMember, TNetwork> create, Func<TNetwork, EnsembleMember, TMember> train)
        where TNetwork : nn.Module
        where TMember : nn.Module =>
        EnsembleTraining.Train(
            settings.Members, SeedFor($"{method}, members"), create, train,
            new EnsembleTrainingOptions { MembersAtATime = Environment.ProcessorCount, UsesGlobalGenerator = false }, cancellation);

    public void Dispose() => _plain?.Network.Dispose();

    private TrainedPlainNetwork TrainPlain()
    {
        var watch = Stopwatch.StartNew();
        var network = problem.NewNetwork(SeedFor("plain"));
        try
        {
            MapTraining.Fit(network, problem, settings, SeedFor("plain, shuffling"), cancellation);
        }
        catch
        {
            network.Dispose();
            throw;
        }
        return new TrainedPlainNetwork(network, watch.Elapsed.TotalSeconds);
    }
}

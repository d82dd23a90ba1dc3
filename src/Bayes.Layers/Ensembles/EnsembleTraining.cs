using Bayes.Layers.Modules;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Ensembles;

/// <summary>
/// Trains the members of an ensemble from starts of their own, several at a time (Lakshminarayanan, Pritzel &amp; Blundell 2017, "Simple and Scalable
/// Predictive Uncertainty Estimation using Deep Ensembles", algorithm 1).
/// </summary>
/// <remarks>
/// <para>The members are the same to the bit for one seed, whatever the number that is trained at a time: each is made after torch's global generator
/// was seeded for it, and is trained on one thread with one native thread, with randomness of its own (<see cref="EnsembleMember"/>). Training that
/// draws from torch's global generator, as dropout does, is done one member at a time; if it was not expected, the call ends with an exception. The
/// generator is in its former state afterwards. Several calls may run at a time, unless one draws from the generator.</para>
/// <para>Members may be anything that predicts: plain networks, Bayesian models, models of <c>Swag</c> or of a Laplace approximation. They are made
/// in order on the calling thread, and trained on others.</para>
/// </remarks>
/// <example>
/// <code>
/// var members = EnsembleTraining.Train(
///     5, seed: 1, _ => nn.Sequential(nn.Linear(4, 50), nn.ReLU(), nn.Linear(50, 3)),
///     (network, member) => member.Fit(network, inputs, classes, new CategoricalLikelihood()));
/// using var predictor = new MonteCarloPredictive(new Ensemble(members), new CategoricalLikelihood());
/// </code>
/// </example>
public static class EnsembleTraining
{
    /// <summary>Makes and trains members.</summary>
    /// <typeparam name="TNetwork">The type of the networks.</typeparam>
    /// <typeparam name="TMember">The type of the trained members.</typeparam>
    /// <param name="members">M, the number of members; at least 1.</param>
    /// <param name="seed">Any number.</param>
    /// <param name="create">Makes the network of a member, a new one each time, on the calling thread.</param>
    /// <param name="train">Trains the network, and returns the member: the network itself, or a model that owns it. Runs on another thread, several
    /// at a time, and must not change anything that members share.</param>
    /// <param name="options">The options; the defaults if null.</param>
    /// <param name="cancellationToken">Ends the training.</param>
    /// <returns>The members in order, which the caller disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="members"/> is below 1.</exception>
    /// <exception cref="ArgumentException">Two members would share a network or a parameter.</exception>
    /// <exception cref="InvalidOperationException">
    /// A member could not be trained, or is not finite: the message has its index, and the inner exception the cause. Or training drew from torch's
    /// global generator, though several members were to be trained at a time.
    /// </exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public static IReadOnlyList<TMember> Train<TNetwork, TMember>(
        int members, long seed, Func<EnsembleMember, TNetwork> create, Func<TNetwork, EnsembleMember, TMember> train,
        EnsembleTrainingOptions? options = null, CancellationToken cancellationToken = default)
        where TNetwork : nn.Module
        where TMember : nn.Module
    {
        Require.Positive(members);
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(train);
        options ??= new EnsembleTrainingOptions();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var contexts = new List<EnsembleMember>();
        var networks = new List<nn.Module>();
        Tensor? generator = null;
        try
        {
            GlobalGenerator.Borrow(() =>
            {
                for (int index = 0; index < members; index++)
                {
                    long own = SeedOf(seed, index);
                    var context = new EnsembleMember(index, own, new TorchNoise(own), ended.Token);
                    contexts.Add(context);
                    random.manual_seed(own);
                    networks.Add(create(context) ?? throw new ArgumentException(
                        $"The function that makes a network returned null for member {index}; expected a network.", nameof(create)));
                    NetworkInstances.Own(networks[index]);
                }
                return networks;
            });
            RequireApart(networks);
            bool isAlone = options.UsesGlobalGenerator ?? networks.Exists(HasDropout);
            generator = isAlone ? GlobalGenerator.State() : null;
            int threads = isAlone ? 1 : Math.Min(members, options.MembersAtATime ?? TorchThreads.Usable);
            var work = new MemberWork(members, isAlone ? index => random.manual_seed(SeedOf(contexts[index].Seed, members)) : null);
            return work.Run<TMember>(threads, index => train((TNetwork)networks[index], contexts[index]), ended, cancellationToken);
        }
        catch
        {
            foreach (var network in networks)
                network.Dispose();
            throw;
        }
        finally
        {
            if (generator is not null)
                set_rng_state(generator);
            generator?.Dispose();
            foreach (var context in contexts)
                ((TorchNoise)context.Noise).Dispose();
        }
    }

    /// <summary>Makes and trains networks, which are the members.</summary>
    /// <param name="members">M, the number of members; at least 1.</param>
    /// <param name="seed">Any number.</param>
    /// <param name="create">Makes the network of a member, a new one each time, on the calling thread.</param>
    /// <param name="train">Trains the network in place. Runs on another thread, several at a time, and must not change anything that members
    /// share.</param>
    /// <param name="options">The options; the defaults if null.</param>
    /// <param name="cancellationToken">Ends the training.</param>
    /// <inheritdoc cref="Train{TNetwork, TMember}"/>
    public static IReadOnlyList<TNetwork> Train<TNetwork>(
        int members, long seed, Func<EnsembleMember, TNetwork> create, Action<TNetwork, EnsembleMember> train,
        EnsembleTrainingOptions? options = null, CancellationToken cancellationToken = default)
        where TNetwork : nn.Module
    {
        ArgumentNullException.ThrowIfNull(train);
        return Train(
            members, seed, create, (network, member) =>
            {
                train(network, member);
                return network;
            },
            options, cancellationToken);
    }

    private static bool HasDropout(nn.Module network) =>
        network.modules().Prepend(network).Any(module => module is not BayesianModule && KnownModules.Is(ModuleTraits.DropsValues, module));

    private static long SeedOf(long seed, int index) => unchecked((long)Fingerprint.Of((ulong)seed, (ulong)index));

    private static void RequireApart(IReadOnlyList<nn.Module> networks)
    {
        var owners = new Dictionary<ParameterIdentity, int>();
        foreach (var (index, network) in networks.Index())
            foreach (var parameter in network.parameters())
                if (!owners.TryAdd(ParameterIdentity.Of(parameter), index) && owners[ParameterIdentity.Of(parameter)] is var other && other != index)
                    throw new ArgumentException(
                        $"Members {other} and {index} share a parameter of shape {Shapes.Describe(parameter.shape)}; expected a function that makes "
                        + "a new network for each member.", nameof(networks));
    }
}

using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;

namespace Bayes.Layers.Partitioned;

/// <summary>
/// The posterior of weights as the product of their prior and a factor of each partition, q(w) ∝ p(w) Π t(w) (Bui et al. 2018, "Partitioned
/// Variational Inference", equation 2): what a server keeps between the answers of partitions. It holds natural parameters alone, no data and no
/// tensors, and can be kept as bytes.
/// </summary>
/// <remarks>
/// <para>An engine does this: <see cref="Join"/> for each partition; in a round, <see cref="Request"/> for each,
/// <see cref="PartitionWorker.Answer(PartitionRequest, CancellationToken)"/> where the data are, <see cref="Offer"/> of what came, and, in the
/// synchronous form, <see cref="EndRound"/>. Answers that come twice or late change nothing. In the synchronous form the order of answers changes no
/// bit.</para>
/// <para>Not thread-safe: one caller at a time.</para>
/// </remarks>
public sealed class PartitionedPosterior
{
    private readonly List<PartitionMember> _members;
    private readonly List<PartitionedRound> _rounds;
    private NaturalParameters _product;

    internal PartitionedPosterior(PartitionedState state)
    {
        (State, _members, _rounds) = (state, state.Members, state.Rounds);
        _product = Product();
    }

    /// <summary>Begins with the prior of a model; training starts at the model's posterior.</summary>
    /// <param name="model">The model, made like that of all partitions.</param>
    /// <param name="likelihood">p(y | f), which learns nothing.</param>
    /// <param name="options">The options; the defaults if null.</param>
    /// <exception cref="ArgumentException">
    /// The model has a posterior other than independent normal weights, a prior that is not normal or learns, or numbers that are trained without a
    /// posterior; or the likelihood learns.
    /// </exception>
    public PartitionedPosterior(BayesianModule model, Likelihood likelihood, PartitionedOptions? options = null)
        : this(PartitionedState.Of(model, likelihood, options))
    {
    }

    /// <summary>Gets the options.</summary>
    public PartitionedOptions Options => State.Options;

    /// <summary>
    /// Gets the fingerprint of model and likelihood: modules, weights, priors, frozen numbers and the likelihood's settings. The posterior's values
    /// are not in it.
    /// </summary>
    public string Fingerprint => State.Fingerprint;

    /// <summary>Gets the number of changes so far: of rounds in the synchronous form, otherwise of answers.</summary>
    public long Version => State.Version;

    /// <summary>Gets the prior.</summary>
    public NaturalParameters Prior => State.Prior;

    /// <summary>
    /// Gets the posterior: the prior times all factors, the prior itself before the first answer. Each weight is a normal distribution.
    /// </summary>
    public NaturalParameters Posterior => NormalWeights.Proper(_product, Prior, Options.LeastPrecision);

    /// <summary>Gets KL(q ‖ p) in nats, once for all partitions.</summary>
    public double KlDivergence => NormalWeights.KlDivergence(Posterior, Prior);

    /// <summary>Gets the partitions in the order of their names.</summary>
    public IReadOnlyList<PartitionStatus> Partitions => [.. _members.Select(member => member.Status)];

    /// <summary>Gets the numbers of all rounds.</summary>
    public IReadOnlyList<PartitionedRound> Rounds => _rounds;

    /// <summary>Gets whether all partitions that are not frozen have answered in this round; false without partitions.</summary>
    public bool IsRoundComplete => Open.Any() && Open.All(member => member.Pending is not null);

    internal PartitionedState State { get; }

    private IEnumerable<PartitionMember> Open => _members.Where(member => !member.IsFrozen);

    /// <summary>Adds a partition, with a factor of 1. It may join at any time.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">A partition has this name.</exception>
    public void Join(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (Find(name) is not null)
            throw new ArgumentException($"There is already a partition '{name}'; expected another name.", nameof(name));
        _members.Add(new PartitionMember(name) { Number = ++State.LastNumber });
        _members.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
    }

    /// <summary>Removes a partition and its factor: what it said is no longer in the posterior.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is no such partition.</exception>
    public void Remove(string name)
    {
        _members.Remove(Required(name));
        _product = Product();
    }

    /// <summary>
    /// Keeps what a partition said in the posterior, without asking it again. An answer that waits for the end of the round is dropped.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is no such partition.</exception>
    public void Freeze(string name)
    {
        var member = Required(name);
        (member.IsFrozen, member.Pending) = (true, null);
    }

    /// <summary>Asks a frozen partition again from now on.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is no such partition.</exception>
    public void Unfreeze(string name)
    {
        var member = Required(name);
        if (!member.IsFrozen)
            return;
        member.IsFrozen = false;
        member.Number = ++State.LastNumber;
    }

    /// <summary>
    /// Returns the open request of a partition. It may be asked for again: in the synchronous form it is the same until the round ends.
    /// </summary>
    /// <param name="name">The partition's name.</param>
    /// <exception cref="ArgumentException">There is no such partition.</exception>
    /// <exception cref="InvalidOperationException">The partition is frozen.</exception>
    public PartitionRequest Request(string name)
    {
        var member = Required(name);
        if (member.IsFrozen)
            throw new InvalidOperationException($"Partition '{name}' is frozen; expected one that is asked ({nameof(Unfreeze)}).");
        var cavity = member.Factor is null ? _product : _product.Minus(member.Factor);
        var request = new PartitionRequest
        {
            Partition = name,
            Number = member.Number,
            Version = Version,
            Seed = unchecked((long)Numerics.Fingerprint.Of(
                Numerics.Fingerprint.Of((ulong)Options.Seed, NamedNormals.Stream(name)), (ulong)Version)),
            Fingerprint = Fingerprint,
            Cavity = Sent(NormalWeights.Proper(cavity, Prior, Options.LeastPrecision, Posterior)),
            Factor = member.Factor is { } factor ? Sent(factor) : null,
            Start = Version == 0 ? Sent(State.Start) : null,
        };
        State.RequestBytes += request.ByteCount;
        return request;
    }

    /// <summary>Takes an answer. One that comes twice or too late changes nothing.</summary>
    /// <param name="answer">The answer.</param>
    /// <returns>What was done with it.</returns>
    /// <exception cref="ArgumentException">The answer is of another model, not finite, or answers a request that was not made.</exception>
    public AnswerOutcome Offer(PartitionAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        RequireFits(answer);
        if (Find(answer.Partition) is not { IsFrozen: false } member)
            return AnswerOutcome.NotAMember;
        if (answer.Number > member.Number || answer.Version > Version)
            throw new ArgumentException(
                $"The answer of partition '{answer.Partition}' is to request {answer.Number} of version {answer.Version}; expected request "
                + $"{member.Number}, of version {Version} or before.", nameof(answer));
        if (member.Pending is not null && answer.Number == member.Number || answer.Number == member.LastAnswered)
            return AnswerOutcome.Duplicate;
        if (answer.Number < member.Number)
            return AnswerOutcome.Late;
        long between = Version - answer.Version;
        if (Options.Schedule == PartitionSchedule.Asynchronous && between > Options.MostAnswersBetween)
        {
            member.Number = ++State.LastNumber;
            return AnswerOutcome.Late;
        }
        State.AnswerBytes += answer.ByteCount;
        member.Pending = answer;
        if (Options.Schedule == PartitionSchedule.Asynchronous)
            Take([member], Options.DampingOf(1 + between));
        return AnswerOutcome.Accepted;
    }

    /// <summary>
    /// Ends a round of the synchronous form: adds the changes of the answers that are there together, damped. Partitions that have not answered keep
    /// their factors.
    /// </summary>
    /// <returns>The numbers of the round.</returns>
    /// <exception cref="InvalidOperationException">No partition has answered, or the form is asynchronous.</exception>
    public PartitionedRound EndRound()
    {
        if (Options.Schedule == PartitionSchedule.Asynchronous)
            throw new InvalidOperationException("The form is asynchronous, where each answer is a round of its own; expected the synchronous form.");
        PartitionMember[] answered = [.. Open.Where(member => member.Pending is not null)];
        if (answered.Length == 0)
            throw new InvalidOperationException($"No partition has answered in round {_rounds.Count + 1}; expected at least one answer.");
        return Take(answered, Options.DampingOf(answered.Length));
    }

    /// <summary>Sets the posterior of a model to this one.</summary>
    /// <param name="model">A model that was made like the one this began with.</param>
    /// <exception cref="ArgumentException">The model has other weights.</exception>
    public void CopyTo(BayesianModule model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var weights = ModelSchema.Weights(model);
        var layout = new NaturalLayout([.. weights.Select(each => each.Name)], [.. weights.Select(each => each.Variable.Posterior.Shape)]);
        if (Prior.Layout.DifferenceFrom(layout) is { } difference)
            throw new ArgumentException($"The posterior does not fit the model: {difference}.", nameof(model));
        ModelSchema.Write(model, Posterior);
    }

    /// <summary>Returns the whole state as bytes, a SafeTensors file, for an engine that keeps it between rounds.</summary>
    public byte[] ToBytes() => State.ToBytes();

    /// <summary>Reads a state from the bytes of <see cref="ToBytes"/>.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="Checkpoints.CheckpointException">The bytes are damaged, or not of a posterior.</exception>
    public static PartitionedPosterior FromBytes(ReadOnlySpan<byte> bytes) => new(PartitionedState.FromBytes(bytes));

    /// <summary>Returns the number of partitions, rounds and weights.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"PartitionedPosterior({_members.Count} partitions, {_rounds.Count} rounds, {Prior.Count} weights)");

    private PartitionMember? Find(string name) => _members.Find(member => member.Name == name);

    private PartitionMember Required(string name) => Find(name) ?? throw new ArgumentException(
        $"There is no partition '{name}'; expected one of {string.Join(", ", _members.Select(member => $"'{member.Name}'"))}.", nameof(name));

    private NaturalParameters Sent(NaturalParameters values) => State.IsSingle ? values.Rounded() : values;

    // In the order of names, so that sums have the same bits in any order of answers.
    private NaturalParameters Product() =>
        _members.Where(member => member.Factor is not null).Aggregate(Prior, (product, member) => product.Plus(member.Factor!));

    private void RequireFits(PartitionAnswer answer)
    {
        if (Prior.Layout.DifferenceFrom(answer.Change.Layout) is { } difference)
            throw new ArgumentException($"The answer of partition '{answer.Partition}' does not fit the model: {difference}.", nameof(answer));
        if (answer.Fingerprint != Fingerprint)
            throw new ArgumentException(
                $"The answer of partition '{answer.Partition}' has the fingerprint {answer.Fingerprint} and this posterior {Fingerprint}: the "
                + "weights have the same shapes, but priors, modules, likelihood or frozen numbers differ.", nameof(answer));
        if (answer.Change.NameOfNonFinite() is { } name)
            throw new ArgumentException(
                $"The answer of partition '{answer.Partition}' has a number in '{name}' that is not finite; expected finite numbers.",
                nameof(answer));
    }

    private PartitionedRound Take(PartitionMember[] answered, double damping)
    {
        var before = Version == 0 ? State.Start : Posterior;
        var changes = new FactorChanges(_product, Prior, Options.LeastPrecision, [.. answered.Select(member => member.Pending!.Change)], damping);
        double? expected = Sum(answered.Select(member => member.Pending!.ExpectedLogLikelihood));
        foreach (var (index, member) in answered.Index())
        {
            member.Factor = changes.Apply(member.Factor, index);
            member.Examples = member.Pending!.Examples;
            member.IncludedShare = 1 - (1 - damping) * (1 - member.IncludedShare);
            member.Answers++;
            member.LastAnswered = member.Number;
            member.Pending = null;
        }
        bool isSynchronous = Options.Schedule == PartitionSchedule.Synchronous;
        // A request of a round that has ended is no longer open, also for partitions that have not answered.
        foreach (var member in isSynchronous ? Open : answered)
            member.Number = ++State.LastNumber;
        State.Version++;
        _product = Product();
        var after = Posterior;
        double divergence = NormalWeights.KlDivergence(before, Prior);
        var round = new PartitionedRound
        {
            Number = _rounds.Count + 1,
            Answered = [.. answered.Select(member => member.Name)],
            ExpectedLogLikelihoodBefore = expected,
            KlDivergenceBefore = divergence,
            KlDivergence = NormalWeights.KlDivergence(after, Prior),
            ElboBefore = isSynchronous && answered.Length == _members.Count ? expected - divergence : null,
            LargestChange = NormalWeights.LargestChange(before, after),
            EffectiveExamples = Sum(_members.Where(member => member.Answers > 0).Select(member => member.Examples * member.IncludedShare)),
            DeterminedWeights = NormalWeights.Determined(after, Prior),
            ShortenedWeights = changes.ShortenedWeights,
            RequestBytes = State.RequestBytes,
            AnswerBytes = State.AnswerBytes,
        };
        (State.RequestBytes, State.AnswerBytes) = (0, 0);
        _rounds.Add(round);
        return round;
    }

    // Null if one of the numbers is not known.
    private static double? Sum(IEnumerable<double?> values) => values.Aggregate((double?)0, (sum, value) => sum + value);
}

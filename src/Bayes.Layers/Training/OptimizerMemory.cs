using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// What an optimizer remembers of each parameter from step to step, under the names of PyTorch: for torch's Adam, AdamW, SGD and RMSprop.
/// </summary>
internal sealed class OptimizerMemory
{
    private static readonly Dictionary<Type, Kind> Kinds = new()
    {
        [typeof(Adam)] = Kind.Of<Adam.State>(
            state => state.step, (state, step) => state.step = step,
            new("exp_avg", state => state.exp_avg, (state, value) => state.exp_avg = value),
            new("exp_avg_sq", state => state.exp_avg_sq, (state, value) => state.exp_avg_sq = value),
            new("max_exp_avg_sq", state => state.max_exp_avg_sq, (state, value) => state.max_exp_avg_sq = value)),
        [typeof(AdamW)] = Kind.Of<AdamW.State>(
            state => state.step, (state, step) => state.step = step,
            new("exp_avg", state => state.exp_avg, (state, value) => state.exp_avg = value),
            new("exp_avg_sq", state => state.exp_avg_sq, (state, value) => state.exp_avg_sq = value),
            new("max_exp_avg_sq", state => state.max_exp_avg_sq, (state, value) => state.max_exp_avg_sq = value)),
        [typeof(SGD)] = Kind.Of<SGD.State>(
            _ => 0, (_, _) => { },
            new Field<SGD.State>("momentum_buffer", state => state.momentum_buffer, (state, value) => state.momentum_buffer = value)),
        [typeof(RMSProp)] = Kind.Of<RMSProp.State>(
            state => state.step, (state, step) => state.step = step,
            new("square_avg", state => state.square_avg, (state, value) => state.square_avg = value),
            new("momentum_buffer", state => state.momentum_buffer, (state, value) => state.momentum_buffer = value),
            new("grad_avg", state => state.grad_avg, (state, value) => state.grad_avg = value)),
    };

    private const string StepsName = "steps";

    private readonly Kind _kind;
    private readonly IReadOnlyList<OptimizerState> _states;

    private readonly string[][] _names;

    private OptimizerMemory(Kind kind, IReadOnlyList<OptimizerState> states)
    {
        (_kind, _states) = (kind, states);
        _names = [.. states.Select((_, parameter) => kind.Names.Select(name => $"{parameter}.{name}").ToArray())];
    }

    /// <summary>Gets the optimizers whose memory can be read and written, in words.</summary>
    public static string Known => "Adam, AdamW, SGD or RMSProp";

    /// <summary>Returns the memory of an optimizer, or null if it is of another type than those.</summary>
    public static OptimizerMemory? TryOf(optim.Optimizer optimizer) =>
        Kinds.TryGetValue(optimizer.GetType(), out var kind) ? new(kind, ((OptimizerHelper)optimizer).state_dict().State) : null;

    /// <summary>
    /// Returns what is remembered, by name: <c>0.exp_avg</c> is the optimizer's own tensor of its first parameter, and <c>steps</c> a new tensor of
    /// the steps that each parameter has made, 0 if the optimizer does not count.
    /// </summary>
    public Dictionary<string, Tensor> ByName()
    {
        var memory = new Dictionary<string, Tensor>();
        for (int parameter = 0; parameter < _states.Count; parameter++)
            for (int field = 0; field < _kind.Names.Count; field++)
                if (_kind.Get(_states[parameter], field) is { } value)
                    memory.Add(_names[parameter][field], value);
        memory.Add(StepsName, tensor([.. _states.Select(_kind.Steps)], int64));
        return memory;
    }

    /// <summary>Sets everything to copies of what <see cref="ByName"/> returned; what has no name there becomes null.</summary>
    public void Remember(IReadOnlyDictionary<string, Tensor> memory)
    {
        using var noGrad = no_grad();
        double[] steps = memory[StepsName].ReadDoubles();
        for (int parameter = 0; parameter < _states.Count; parameter++)
        {
            _kind.SetSteps(_states[parameter], (long)steps[parameter]);
            for (int field = 0; field < _kind.Names.Count; field++)
                Set(_states[parameter], field, memory.GetValueOrDefault(_names[parameter][field]));
        }
    }

    private void Set(OptimizerState state, int field, Tensor? value)
    {
        var now = _kind.Get(state, field);
        if (now is not null && value is not null)
        {
            now.copy_(value);
            return;
        }
        now?.Dispose();
        _kind.Set(state, field, value?.detach().clone().Owned());
    }

    private abstract record Kind
    {
        public abstract IReadOnlyList<string> Names { get; }

        public static Kind Of<TState>(Func<TState, long> steps, Action<TState, long> setSteps, params IReadOnlyList<Field<TState>> fields)
            where TState : OptimizerState =>
            new Typed<TState>(steps, setSteps, fields);

        public abstract long Steps(OptimizerState state);

        public abstract void SetSteps(OptimizerState state, long steps);

        public abstract Tensor? Get(OptimizerState state, int name);

        public abstract void Set(OptimizerState state, int name, Tensor? value);

        private sealed record Typed<TState>(Func<TState, long> Read, Action<TState, long> Write, IReadOnlyList<Field<TState>> Fields)
            : Kind where TState : OptimizerState
        {
            public override IReadOnlyList<string> Names { get; } = [.. Fields.Select(field => field.Name)];

            public override long Steps(OptimizerState state) => Read((TState)state);

            public override void SetSteps(OptimizerState state, long steps) => Write((TState)state, steps);

            public override Tensor? Get(OptimizerState state, int name) => Fields[name].Get((TState)state);

            public override void Set(OptimizerState state, int name, Tensor? value) => Fields[name].Set((TState)state, value);
        }
    }

    private sealed record Field<TState>(string Name, Func<TState, Tensor?> Get, Action<TState, Tensor?> Set);
}

using Npgsql;

namespace Bayes.Layers.Silo;

/// <summary>Creates the tables of a cluster in PostgreSQL.</summary>
internal static class PostgresTables
{
    // Any number that other programs do not lock: silos that start together create the tables one after the other.
    private const long Lock = 0x4261796573;

    /// <summary>Creates what is not there.</summary>
    public static async Task CreateAsync(string connectionString)
    {
        await using var script = typeof(PostgresTables).Assembly.GetManifestResourceStream("postgres.sql")!;
        using var reader = new StreamReader(script);
        string statements = await reader.ReadToEndAsync();
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var wait = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({Lock})", connection, transaction))
            await wait.ExecuteNonQueryAsync();
        // The statements of Orleans have its parameters in them, which are text here.
        await using (var create = new NpgsqlBatch(connection, transaction))
        {
            foreach (string statement in Split(statements))
                create.BatchCommands.Add(new NpgsqlBatchCommand(statement));
            await create.ExecuteNonQueryAsync();
        }
        await transaction.CommitAsync();
    }

    /// <summary>Returns the statements; each ends with a semicolon at the end of a line outside of quotes.</summary>
    private static IEnumerable<string> Split(string script)
    {
        var statement = new List<string>();
        bool quoted = false;
        foreach (string line in script.Split('\n'))
        {
            if (!quoted && line.StartsWith("--", StringComparison.Ordinal))
                continue;
            statement.Add(line);
            quoted ^= line.Count(character => character == '\'') % 2 == 1;
            if (!quoted && line.EndsWith(';'))
            {
                yield return string.Join('\n', statement);
                statement.Clear();
            }
        }
    }
}

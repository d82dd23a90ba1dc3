-- What the ADO.NET providers of Orleans ask of a database, for PostgreSQL 12 and later. A provider reads the statements that
-- it sends from OrleansQuery; which keys there are, and the names of parameters and columns, is their contract. A host that has the tables of the
-- scripts of Orleans itself uses those.

CREATE TABLE IF NOT EXISTS OrleansQuery (QueryKey varchar(64) PRIMARY KEY, QueryText varchar(8000) NOT NULL);

-- One row for a cluster: the version of its list of silos.
CREATE TABLE IF NOT EXISTS cluster_version (cluster varchar(150) PRIMARY KEY, version integer NOT NULL DEFAULT 0);

-- One row for each start of a silo.
CREATE TABLE IF NOT EXISTS cluster_silo (
  cluster varchar(150) NOT NULL REFERENCES cluster_version,
  address varchar(45) NOT NULL,
  port integer NOT NULL,
  generation integer NOT NULL,
  silo_name varchar(150) NOT NULL,
  host_name varchar(150) NOT NULL,
  status integer NOT NULL,
  proxy_port integer,
  suspect_times varchar(8000),
  start_time timestamptz NOT NULL,
  alive_time timestamptz NOT NULL,
  PRIMARY KEY (cluster, address, port, generation));

-- One row for each grain with state. A cleared state keeps its row, so that its version goes on.
CREATE TABLE IF NOT EXISTS grain_state (
  service varchar(150) NOT NULL,
  grain_type varchar(512) NOT NULL,
  n0 bigint NOT NULL,
  n1 bigint NOT NULL,
  extension varchar(512) NOT NULL,
  payload bytea,
  version integer NOT NULL,
  modified timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (service, grain_type, n0, n1, extension));

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES

('InsertMembershipVersionKey', '
WITH added AS (INSERT INTO cluster_version (cluster) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
SELECT count(*) > 0 FROM added'),

-- The row and the version change together or not at all: the second statement works on the row of the first.
('InsertMembershipKey', '
WITH next AS (
  UPDATE cluster_version v SET version = v.version + 1
  WHERE v.cluster = @DeploymentId AND v.version = @Version AND NOT EXISTS (
    SELECT FROM cluster_silo s
    WHERE s.cluster = @DeploymentId AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
  RETURNING v.cluster),
added AS (
  INSERT INTO cluster_silo (cluster, address, port, generation, silo_name, host_name, status, proxy_port, start_time, alive_time)
  SELECT next.cluster, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM next
  RETURNING 1)
SELECT count(*) > 0 FROM added'),

('UpdateMembershipKey', '
WITH next AS (
  UPDATE cluster_version v SET version = v.version + 1
  WHERE v.cluster = @DeploymentId AND v.version = @Version AND EXISTS (
    SELECT FROM cluster_silo s
    WHERE s.cluster = @DeploymentId AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
  RETURNING v.cluster),
changed AS (
  UPDATE cluster_silo s SET status = @Status, suspect_times = @SuspectTimes, alive_time = greatest(s.alive_time, @IAmAliveTime)
  FROM next WHERE s.cluster = next.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
  RETURNING 1)
SELECT count(*) > 0 FROM changed'),

('UpdateIAmAlivetimeKey', '
UPDATE cluster_silo SET alive_time = @IAmAliveTime
WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation'),

-- A cluster without silos has one row with its version alone.
('MembershipReadAllKey', '
SELECT v.cluster AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.silo_name AS SiloName,
  s.host_name AS HostName, s.status AS Status, s.proxy_port AS ProxyPort, s.suspect_times AS SuspectTimes, s.start_time AS StartTime,
  s.alive_time AS IAmAliveTime, v.version AS Version
FROM cluster_version v LEFT JOIN cluster_silo s ON s.cluster = v.cluster
WHERE v.cluster = @DeploymentId'),

('MembershipReadRowKey', '
SELECT v.cluster AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.silo_name AS SiloName,
  s.host_name AS HostName, s.status AS Status, s.proxy_port AS ProxyPort, s.suspect_times AS SuspectTimes, s.start_time AS StartTime,
  s.alive_time AS IAmAliveTime, v.version AS Version
FROM cluster_version v
LEFT JOIN cluster_silo s ON s.cluster = v.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
WHERE v.cluster = @DeploymentId'),

('GatewaysQueryKey', '
SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation
FROM cluster_silo WHERE cluster = @DeploymentId AND status = @Status AND proxy_port > 0'),

('DeleteMembershipTableEntriesKey', '
DELETE FROM cluster_silo WHERE cluster = @DeploymentId;
DELETE FROM cluster_version WHERE cluster = @DeploymentId'),

-- 6: dead.
('CleanupDefunctSiloEntriesKey', '
DELETE FROM cluster_silo WHERE cluster = @DeploymentId AND status = 6 AND alive_time < @IAmAliveTime AND start_time < @IAmAliveTime'),

('CleanupDefunctSiloEntryKey', '
DELETE FROM cluster_silo
WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation AND status = 6
  AND alive_time = @IAmAliveTime AND start_time = @StartTime
  AND suspect_times IS NOT DISTINCT FROM CAST(@SuspectTimes AS varchar)'),

-- A version that stays as it was says that another silo has written in between.
('WriteToStorageKey', '
WITH changed AS (
  UPDATE grain_state SET payload = @PayloadBinary, version = version + 1, modified = now()
  WHERE service = @ServiceId AND grain_type = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
    AND extension = coalesce(CAST(@GrainIdExtensionString AS varchar), '''') AND version = CAST(@GrainStateVersion AS integer)
  RETURNING version),
added AS (
  INSERT INTO grain_state (service, grain_type, n0, n1, extension, payload, version)
  SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, coalesce(CAST(@GrainIdExtensionString AS varchar), ''''), @PayloadBinary, 1
  WHERE CAST(@GrainStateVersion AS integer) IS NULL
  ON CONFLICT DO NOTHING
  RETURNING version)
SELECT coalesce((SELECT version FROM changed), (SELECT version FROM added), CAST(@GrainStateVersion AS integer)) AS NewGrainStateVersion'),

('ReadFromStorageKey', '
SELECT payload AS PayloadBinary, version AS Version
FROM grain_state
WHERE service = @ServiceId AND grain_type = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
  AND extension = coalesce(CAST(@GrainIdExtensionString AS varchar), '''')'),

('ClearStorageKey', '
UPDATE grain_state SET payload = NULL, version = version + 1, modified = now()
WHERE service = @ServiceId AND grain_type = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
  AND extension = coalesce(CAST(@GrainIdExtensionString AS varchar), '''') AND version = CAST(@GrainStateVersion AS integer)
RETURNING version AS NewGrainStateVersion'),

('DeleteStorageKey', '
DELETE FROM grain_state
WHERE service = @ServiceId AND grain_type = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
  AND extension = coalesce(CAST(@GrainIdExtensionString AS varchar), '''') AND version = CAST(@GrainStateVersion AS integer)
RETURNING version + 1 AS NewGrainStateVersion')

ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText;
